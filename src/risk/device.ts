/** What a visit shows of its device: one weak signal, never proof (R10). */
export interface DeviceSeen {
  /** Keyed hash of the browser's long-lived random identifier, base64url. */
  readonly device: string;
  /** For people: 'Chrome · Android'. */
  readonly label: string;
  /** For people and for clustering: '203.0.113.0/24', '2001:db8:1::/48'. */
  readonly network: string;
}

/** Somebody in front of a browser, as far as one request tells. */
export interface Visitor {
  /** Keyed hash of the browser cookie: what a sitting is tied to. */
  readonly browser: Buffer;
  readonly address: string;
  readonly device: DeviceSeen;
}
