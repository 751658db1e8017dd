import { PAGE_SCRIPT } from "./page_script.ts";
import { PAGE_STYLE } from "./page_style.ts";
import { PAGE_TOOLS } from "./page_tools.ts";

/** The page at `/`, with tools for developers. It requests its data once a second. */
export const STATUS_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Local service</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<header>
  <h1>Local service</h1>
  <p id="status" role="status">Loading …</p>
</header>
<main>
  <div class="tools">
    <section aria-labelledby="connect-title">
      <h2 id="connect-title">Connect a client</h2>
      <div class="fields">
        <label>Key <input id="key" autocomplete="off" spellcheck="false" placeholder="appId.keyId:secret"></label>
        <label>Client
          <select id="client">
            <option value="sdk">This library</option>
            <option value="ably">ably on npm</option>
            <option value="python">Python</option>
            <option value="curl">curl</option>
          </select>
        </label>
      </div>
      <pre id="options" tabindex="0" aria-label="Client options"></pre>
      <p class="actions"><button id="copy">Copy</button> <span id="copied" role="status"></span></p>
    </section>
    <section aria-labelledby="publish-title">
      <h2 id="publish-title">Publish a message</h2>
      <form id="publish">
        <div class="fields">
          <label>Channel <input id="channel" required autocomplete="off" spellcheck="false" value="test"></label>
          <label>Name <input id="name" autocomplete="off" spellcheck="false"></label>
        </div>
        <label>Data, as text or JSON <textarea id="data" rows="3" spellcheck="false"></textarea></label>
        <p class="actions"><button>Publish</button> <span id="published" role="status"></span></p>
      </form>
    </section>
  </div>
  <section aria-labelledby="overview-title">
    <div class="bar">
      <h2 id="overview-title">Connections and channels</h2>
      <label>Search <input id="search" type="search" autocomplete="off" spellcheck="false"></label>
      <button id="expire">Expire all tokens</button>
    </div>
    <p id="done" role="status"></p>
    <div id="apps"></div>
  </section>
  <section id="content" aria-labelledby="content-title" hidden>
    <div class="bar">
      <h2 id="content-title" tabindex="-1"></h2>
      <button id="close">Close</button>
    </div>
    <div class="columns">
      <div><h3 id="members-title">Members</h3><pre id="members" tabindex="0" aria-labelledby="members-title"></pre></div>
      <div><h3 id="messages-title">Messages</h3><pre id="messages" tabindex="0" aria-labelledby="messages-title"></pre></div>
      <div><h3 id="objects-title">Objects</h3><pre id="objects" tabindex="0" aria-labelledby="objects-title"></pre></div>
    </div>
  </section>
  <section aria-labelledby="log-title">
    <div class="bar">
      <h2 id="log-title">Log</h2>
      <label>Filter <input id="filter" type="search" autocomplete="off" spellcheck="false"></label>
      <button id="pause" aria-pressed="false">Pause</button>
      <button id="clear">Clear</button>
      <span id="hidden" role="status"></span>
    </div>
    <ol id="log" tabindex="0" aria-labelledby="log-title"></ol>
  </section>
</main>
<script>${PAGE_TOOLS}${PAGE_SCRIPT}</script>
</body>
</html>
`;
