import type { Server, ServerName } from './server.ts';

export interface RepeatedRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  /** One request, or several in turn with different bodies or headers. */
  readonly variants: readonly {
    readonly body?: string;
    readonly headers?: Readonly<Record<string, string>>;
  }[];
  accepts(body: string): boolean;
}

/**
 * Steps of several workers. Each call of a step is one operation, and throws if any result is
 * wrong.
 */
export interface Flow {
  readonly steps: readonly (() => Promise<void>)[];
  /** The total number of operations, if each uses something up. */
  readonly most?: number;
}

interface Named {
  readonly name: string;
  readonly says: string;
  /** All three servers if missing. */
  readonly only?: readonly ServerName[];
}

/** What can be measured: a repeated request, or steps that depend on earlier answers. */
export type Operation = Named &
  (
    | {
        readonly kind: 'request';
        prepare(server: Server): Promise<RepeatedRequest> | RepeatedRequest;
      }
    | { readonly kind: 'flow'; prepare(server: Server): Promise<Flow> }
  );

/** Parallel connections or workers. */
export const CONCURRENCY = 8;
