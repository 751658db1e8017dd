/** The address of the service; empty for Ably itself. */
export interface Service {
  endpoint?: string;
  port?: number;
  tls?: boolean;
}

/** The result of signing in. */
export interface SignedIn {
  /** The session id, which the page sends to the token endpoint. */
  session: string;
  /** The name of the user. */
  user: string;
  /** The address of the service. */
  service: Service;
}
