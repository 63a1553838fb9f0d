// A host is who its key says, or we do not talk to it: the key is checked before any authentication is tried, and is
// learned only when the operator asked for it, never in place of another.
import { appendFileSync, closeSync, fstatSync, mkdirSync, openSync, readFileSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ServerHostKeyAlgorithm } from 'ssh2';
import { WorldError } from '../core/world-error.js';
import { fingerprintOf, keyTypeOf, knownHostName, linesAbout, parseKnownHosts, standingOf } from './known-hosts.js';
import type { KeyStanding, KnownHost } from './known-hosts.js';
import { codeOf, reasonOf } from './printable.js';

/** A key that was added to a known_hosts file. */
export interface LearnedHostKey {
  readonly name: string;
  readonly keyType: string;
  readonly fingerprint: string;
  readonly file: string;
}

/** Where keys are looked up, and whether unknown ones are learned. */
export interface HostKeyPolicy {
  /** The first one is where keys are added. */
  readonly files: readonly string[];
  readonly acceptNew: boolean;
  readonly onLearned?: (learned: LearnedHostKey) => void;
}

/** What algorithms prove each type of key; SHA-1 signatures (`ssh-rsa`) are not among them. */
const algorithmsByKeyType: ReadonlyMap<string, readonly ServerHostKeyAlgorithm[]> = new Map([
  ['ssh-ed25519', ['ssh-ed25519']],
  ['ecdsa-sha2-nistp256', ['ecdsa-sha2-nistp256']],
  ['ecdsa-sha2-nistp384', ['ecdsa-sha2-nistp384']],
  ['ecdsa-sha2-nistp521', ['ecdsa-sha2-nistp521']],
  ['ssh-rsa', ['rsa-sha2-512', 'rsa-sha2-256']],
]);

/** Checks the key of one host. */
export class HostKeyCheck {
  readonly #host: string;
  readonly #port: number;
  readonly #policy: HostKeyPolicy;

  constructor(host: string, port: number, policy: HostKeyPolicy) {
    this.#host = host;
    this.#port = port;
    this.#policy = policy;
  }

  /** The algorithms to ask for, those of known keys first, so that a host with several keys shows one that we know; `older` ones last of their type. */
  algorithms(older: readonly string[] = []): ServerHostKeyAlgorithm[] {
    const types = new Set(linesAbout(this.#lines(), this.#host, this.#port).map((line) => line.keyType));
    const known = [...algorithmsByKeyType].filter(([type]) => types.has(type));
    const other = [...algorithmsByKeyType].filter(([type]) => !types.has(type));
    // Each of them is named as the type of its key.
    return [...known, ...other].flatMap(([type, algorithms]) =>
      older.includes(type) ? [...algorithms, type as ServerHostKeyAlgorithm] : algorithms,
    );
  }

  /** Nothing when we may talk to the host that shows this key, else why not. */
  objection(key: Uint8Array): WorldError | undefined {
    const standing = standingOf(this.#lines(), this.#host, this.#port, key);
    if (standing.kind === 'known' || (standing.kind === 'unknown' && this.#policy.acceptNew)) return undefined;
    return this.#refusal(standing, key);
  }

  /** Learns a key that is unknown; called once the host has proved that the key is its own. */
  learn(key: Uint8Array): WorldError | undefined {
    const standing = standingOf(this.#lines(), this.#host, this.#port, key);
    if (standing.kind === 'known') return undefined;
    // Another connection may have learned a different key of the same host meanwhile.
    if (standing.kind !== 'unknown' || !this.#policy.acceptNew) return this.#refusal(standing, key);
    const file = this.#policy.files[0];
    if (file === undefined) return this.#refusal(standing, key);
    const learned = {
      name: knownHostName(this.#host, this.#port),
      keyType: keyTypeOf(key),
      fingerprint: fingerprintOf(key),
      file,
    };
    try {
      appendLine(file, `${learned.name} ${learned.keyType} ${Buffer.from(key).toString('base64')}`);
    } catch (error) {
      return new WorldError(
        'unreachable',
        `cannot add the key of \`${learned.name}\` to \`${file}\`: ${reasonOf(error)}`,
        {
          hint: 'make the file writable, or add the key yourself',
        },
      );
    }
    this.#policy.onLearned?.(learned);
    return undefined;
  }

  #lines(): readonly KnownHost[] {
    return this.#policy.files.flatMap((file) => {
      try {
        return parseKnownHosts(readFileSync(file, 'utf8'), file);
      } catch (error) {
        if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return [];
        throw new WorldError('unreachable', `cannot read \`${file}\`: ${reasonOf(error)}`, {
          hint: 'host keys cannot be checked without it; make it readable or remove it',
        });
      }
    });
  }

  #refusal(standing: Exclude<KeyStanding, { readonly kind: 'known' }>, key: Uint8Array): WorldError {
    const name = knownHostName(this.#host, this.#port);
    const shown = `${keyTypeOf(key)} ${fingerprintOf(key)}`;
    const details = { reason: `host-key-${standing.kind}`, keyType: keyTypeOf(key), fingerprint: fingerprintOf(key) };
    if (standing.kind === 'revoked') {
      return new WorldError(
        'unreachable',
        `\`${name}\` shows a key that is revoked in ${placeOf(standing.by)}: ${shown}`,
        {
          hint: 'do not use this host until you know who has its key',
          details,
        },
      );
    }
    if (standing.kind === 'changed') return this.#changed(name, shown, standing.known, details);
    const authority = standing.authorities[0];
    const note =
      authority === undefined
        ? ''
        : `; ${placeOf(authority)} names a certificate authority for it, and host certificates are not checked here`;
    return new WorldError('unreachable', `the key of \`${name}\` is not known: ${shown}${note}`, {
      hint: `compare the fingerprint with the host's own (\`ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub\` there), then run once with \`--accept-new-host-keys\``,
      details,
    });
  }

  #changed(
    name: string,
    shown: string,
    known: readonly KnownHost[],
    details: Readonly<Record<string, string>>,
  ): WorldError {
    const old = known[0];
    const places = known.map(
      (line) => `${placeOf(line)} ${line.keyType} ${fingerprintOf(Buffer.from(line.key, 'base64'))}`,
    );
    return new WorldError(
      'unreachable',
      `the key of \`${name}\` has changed: it shows ${shown}, known is ${places.join(', ')}`,
      {
        hint: `another machine may be answering; if the change is right, remove the old key with \`ssh-keygen -R '${name}' -f ${old?.file ?? ''}\` and add the new one`,
        details: { ...details, known: places.join(', ') },
      },
    );
  }
}

function placeOf(line: KnownHost): string {
  return `\`${line.file}:${line.line}\``;
}

/** Adds a line in one write, so that a reader or another writer never sees half of it. */
function appendLine(file: string, line: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const descriptor = openSync(file, 'a+', 0o600);
  try {
    const { size } = fstatSync(descriptor);
    const last = Buffer.alloc(1);
    const needsLineEnd = size > 0 && readSync(descriptor, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
    appendFileSync(descriptor, `${needsLineEnd ? '\n' : ''}${line}\n`);
  } finally {
    closeSync(descriptor);
  }
}
