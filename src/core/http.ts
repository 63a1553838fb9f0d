// A request to a web server and its answer, as modules say them. Who carries them out is the engine: from here, or
// from the host itself through its connection.

/** What can be asked of a web server. */
export const httpMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** One of them. */
export type HttpMethod = (typeof httpMethods)[number];

/** What goes to the server. */
export interface HttpMessage {
  readonly url: string;
  readonly method: HttpMethod;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
}

/** How it goes there. */
export interface HttpManner {
  /** `host`: dialled from the host itself, through its connection; `controller`: dialled from here. */
  readonly from: 'controller' | 'host';
  /** Sent with every request to the server of `url`, and to no other. */
  readonly credentials?: { readonly user: string; readonly password: string } | undefined;
  readonly validateCertificates: boolean;
  /** PEM of the authorities to trust, instead of those that Node trusts. */
  readonly authorities?: string | undefined;
  /** `safe` follows redirects of GET and HEAD only. */
  readonly redirects: 'none' | 'safe' | 'all';
  /** For all of it: name, connection, redirects, answer. */
  readonly timeoutMs: number;
}

/** A request. Any method but GET and HEAD may change something: once sent, a lost answer is in doubt. */
export type HttpRequest = HttpMessage & HttpManner;

/** A request that only looks. */
export type HttpLook = HttpRequest & { readonly method: 'GET' | 'HEAD'; readonly body?: undefined };

/** What the server answered, whatever its status. */
export interface HttpAnswer {
  readonly status: number;
  /** By lower-case name, several of one name joined by `, `. Cookies are not among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** The cookies of the whole exchange, as a `Cookie` header says them; empty when there are none. */
  readonly cookies: string;
  readonly body: Uint8Array;
  /** Where the answer came from, after redirects. */
  readonly url: string;
  readonly elapsedMs: number;
}
