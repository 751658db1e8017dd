// The page needs no library: the browser's EventSource connects again by itself, and continues after the last event it got.
const $ = (selector) => document.querySelector(selector);
const articles = new Map();

/** Shows the answers as they grow. */
function follow() {
  const source = new EventSource("answers");
  source.onopen = () => state("Connected");
  source.onmessage = ({ data }) => show(JSON.parse(data));
  source.onerror = ({ data }) => {
    // An error with data comes from the server. Without, the connection has broken.
    if (data !== undefined) source.close();
    if (source.readyState === EventSource.CLOSED) return state("Stopped: sign in again", false);
    state("Connecting again…");
  };
}

function show({ serial, text, isAppend, status }) {
  if (text === null) return articles.get(serial)?.remove();
  const article = articles.get(serial) ?? document.createElement("article");
  if (!articles.has(serial)) {
    articles.set(serial, article);
    $("#answers").append(article);
  }
  article.textContent = (isAppend ? article.textContent : "") + text;
  article.dataset.status = status;
}

function state(text, isSignedIn = true) {
  $("#state").textContent = text;
  $("main").hidden = !isSignedIn;
  $("#login").hidden = isSignedIn;
}

function post(path, body) {
  return fetch(path, { method: "POST", body });
}

$("#login").onsubmit = async (event) => {
  event.preventDefault();
  const { ok } = await post("session", new FormData(event.target).get("password"));
  if (ok) follow();
  else alert("Wrong password");
};

$("#ask").onsubmit = async (event) => {
  event.preventDefault();
  const form = event.target;
  const { ok } = await post("questions", new FormData(form).get("question"));
  if (ok) form.reset();
};

follow();
