// Files on a host, as modules see them and want them.

/** The largest file that is read into memory, in bytes. */
export const readLimitBytes = 16 * 1024 * 1024;

/** Shell text that tells the SHA-256 of its standard input in the first 64 characters of a line. */
export const digestProgram =
  'if command -v sha256sum >/dev/null 2>&1; then sha256sum; elif command -v shasum >/dev/null 2>&1; then shasum -a 256; else openssl dgst -sha256 -r; fi';

/** A file on a host, or what stands in its place. */
export interface RemoteFile {
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  /** Octal with a leading zero, as in `"0640"`. */
  readonly mode: string;
  readonly owner: string;
  readonly group: string;
  readonly sizeBytes: number;
  /** Modification time, seconds since 1970 by the host's clock. */
  readonly modifiedAtSeconds: number;
  /** Where a link points. */
  readonly target?: string;
}

/** How a file is to be written. Owner, group and mode are kept from the old file unless given. */
export interface WriteOptions {
  readonly mode?: string;
  readonly owner?: string;
  readonly group?: string;
  /** SHA-256 (hex) of the content that was looked at, `null` when no file was there; a different one is refused. */
  readonly expectSha256: string | null;
  /** Where to keep a copy of the old content first. */
  readonly backup?: boolean;
  /** A command run on the new file before it takes its place; `%s` in it is the new file's path. */
  readonly validate?: readonly string[];
}

/** A file that was looked at as a whole; a regular one has its digest (hex), and its content when that is short. */
export type SeenFile = RemoteFile & { readonly sha256?: string; readonly content?: Uint8Array };
