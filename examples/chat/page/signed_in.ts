/** Where the page finds the service; nothing where it is Ably itself. */
export interface Service {
  endpoint?: string;
  port?: number;
  tls?: boolean;
}

/** What signing in gives to a page. */
export interface SignedIn {
  /** Shown to the token endpoint. */
  session: string;
  /** Who is signed in. */
  user: string;
  /** Where the service is. */
  service: Service;
}
