// How we prove who we are: the key that the inventory names, the agent's keys, the keys of the ssh configuration, then a
// password, once. Every failed try may count towards a lock-out, so nothing is tried twice.
import { readFile } from 'node:fs/promises';
import ssh2 from 'ssh2';
import type {
  AnyAuthMethod,
  BaseAgent,
  IdentityCallback,
  KeyboardInteractiveAuthMethod,
  ParsedKey,
  SignCallback,
  SigningRequestOptions,
} from 'ssh2';
import { WorldError } from '../core/world-error.js';
import { codeOf, printable, reasonOf } from './printable.js';

/** What there is to prove us with. */
export interface Credentials {
  readonly user: string;
  /** Named by the inventory: a problem with it is an error. */
  readonly privateKeyFile?: string;
  readonly passphrase?: string;
  readonly password?: string;
  readonly identityFiles: readonly string[];
  readonly identitiesOnly: boolean;
  readonly agent: string | undefined;
}

/** One way to try. */
interface Attempt {
  readonly method: 'publickey' | 'password' | 'keyboard-interactive';
  /** As the message of a failure names it. */
  readonly name: string;
  readonly make: () => AnyAuthMethod;
}

/** The tries for one connection. */
export class Authentication {
  readonly #attempts: Attempt[];
  readonly #notes: string[];
  readonly #tried: string[] = [];
  #offered: readonly string[] = [];
  #askedFirst = false;
  /** Why it cannot go on, once that is known. */
  problem: string | undefined;

  private constructor(attempts: readonly Attempt[], notes: readonly string[]) {
    this.#attempts = [...attempts];
    this.#notes = [...notes];
  }

  /** Reads the keys; rejects when the key that the inventory names cannot be used. */
  static async prepare(host: string, credentials: Credentials): Promise<Authentication> {
    const notes: string[] = [];
    const named = credentials.privateKeyFile;
    const first = named === undefined ? [] : [await namedKey(host, named, credentials)];
    const others: Attempt[] = [];
    const publicKeys: Buffer[] = [];
    for (const file of credentials.identityFiles.filter((each) => each !== named)) {
      const read = await configuredKey(file, credentials);
      if (read.publicKey !== undefined) publicKeys.push(read.publicKey);
      if (read.attempt !== undefined) others.push(read.attempt);
      if (read.note !== undefined) notes.push(read.note);
    }
    const agent = agentAttempt(credentials, publicKeys);
    const authentication: Authentication = new Authentication([...first, ...agent, ...others], notes);
    const { user, password } = credentials;
    if (password !== undefined) authentication.#addPassword(user, password);
    return authentication;
  }

  /** The next way, as ssh2 asks for it; false when there is none left. */
  next(user: string, offered: readonly string[] | null, partial: boolean): AnyAuthMethod | false {
    if (!this.#askedFirst) {
      // As ssh does: `none` costs no try and makes the host say what it takes.
      this.#askedFirst = true;
      return { type: 'none', username: user };
    }
    if (offered !== null) this.#offered = offered;
    if (partial) this.#tried.push('(accepted, the host wants more)');
    for (;;) {
      const attempt = this.problem === undefined ? this.#attempts.shift() : undefined;
      if (attempt === undefined) return false;
      if (!this.#offered.includes(attempt.method)) continue;
      if (attempt.method !== 'publickey') this.#dropPasswords();
      this.#tried.push(attempt.name);
      return attempt.make();
    }
  }

  /** What was tried, for the message of a failure. */
  summary(): string {
    const tried = this.#tried.length === 0 ? 'nothing could be tried' : `tried ${this.#tried.join(', ')}`;
    const offered =
      this.#offered.length === 0
        ? ''
        : `; the host takes ${this.#offered.map((each) => printable(each, 40)).join(', ')}`;
    const problem = this.problem === undefined ? '' : `${this.problem}; `;
    return `${problem}${tried}${offered}${this.#notes.map((note) => `; ${note}`).join('')}`;
  }

  #addPassword(user: string, password: string): void {
    this.#attempts.push(
      { method: 'password', name: 'the password', make: () => ({ type: 'password', username: user, password }) },
      {
        method: 'keyboard-interactive',
        name: 'the password (keyboard-interactive)',
        make: () => this.#keyboard(user, password),
      },
    );
  }

  /** A password is tried by one method only. */
  #dropPasswords(): void {
    const keys = this.#attempts.filter((attempt) => attempt.method === 'publickey');
    this.#attempts.splice(0, this.#attempts.length, ...keys);
  }

  #keyboard(user: string, password: string): KeyboardInteractiveAuthMethod {
    let answered = false;
    return {
      type: 'keyboard-interactive',
      username: user,
      prompt: (_name, _instructions, _language, prompts, finish) => {
        const [prompt] = prompts;
        if (prompts.length === 1 && prompt?.echo !== true && !answered) {
          answered = true;
          finish([password]);
          return;
        }
        this.problem = answered
          ? 'the host asked again after the password'
          : `the host asks \`${printable(prompts.map((each) => each.prompt).join(' '), 80)}\`, which only a person can answer`;
        // Empty answers end the conversation; no further method is tried.
        finish(prompts.map(() => ''));
      },
    };
  }
}

async function namedKey(host: string, file: string, { user, passphrase }: Credentials): Promise<Attempt> {
  const wrong = (what: string, hint: string): WorldError =>
    new WorldError('unreachable', `cannot use the private key \`${file}\` for \`${host}\`: ${what}`, { hint });
  let content: Buffer;
  try {
    content = await readFile(file);
  } catch (error) {
    throw wrong(reasonOf(error), 'check `ssh_private_key_file`');
  }
  const key = privateKeyOf(content, passphrase);
  if (!(key instanceof Error)) return keyAttempt(user, file, key);
  throw wrong(
    explain(key, passphrase !== undefined),
    isEncrypted(key)
      ? 'set its passphrase, or load the key into an ssh agent'
      : 'use an ed25519, ecdsa or rsa key in OpenSSH or PEM format',
  );
}

interface ConfiguredKey {
  readonly attempt?: Attempt;
  readonly note?: string;
  readonly publicKey?: Buffer;
}

async function configuredKey(file: string, { user, passphrase, agent }: Credentials): Promise<ConfiguredKey> {
  const publicKey = await publicKeyOf(`${file}.pub`);
  const known = publicKey === undefined ? {} : { publicKey };
  try {
    const key = privateKeyOf(await readFile(file), passphrase);
    if (!(key instanceof Error)) return { attempt: keyAttempt(user, file, key), publicKey: key.getPublicSSH() };
    // The agent usually holds an encrypted key; then nothing is missing.
    if (isEncrypted(key) && agent !== undefined && publicKey !== undefined) return known;
    return { ...known, note: `\`${file}\` was left out: ${explain(key, passphrase !== undefined)}` };
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? known : { ...known, note: `\`${file}\` was left out: ${reasonOf(error)}` };
  }
}

async function publicKeyOf(file: string): Promise<Buffer | undefined> {
  try {
    const key = ssh2.utils.parseKey(await readFile(file));
    return key instanceof Error ? undefined : key.getPublicSSH();
  } catch {
    return undefined;
  }
}

function keyAttempt(user: string, file: string, key: ParsedKey): Attempt {
  return { method: 'publickey', name: `the key \`${file}\``, make: () => ({ type: 'publickey', username: user, key }) };
}

function privateKeyOf(content: Buffer, passphrase: string | undefined): ParsedKey | Error {
  const parsed: ParsedKey | Error | readonly ParsedKey[] = ssh2.utils.parseKey(content, passphrase);
  // Despite its type, ssh2 gives a list for OpenSSH's own format.
  const key = Array.isArray(parsed) ? (parsed as readonly ParsedKey[])[0] : parsed;
  if (key === undefined) return new Error('it holds no key');
  return key instanceof Error || key.isPrivateKey() ? key : new Error('it is a public key');
}

function isEncrypted(error: Error): boolean {
  return /passphrase|encrypted|decrypt|integrity check|OpenSSH key/i.test(error.message);
}

function explain(error: Error, hasPassphrase: boolean): string {
  if (!isEncrypted(error)) return printable(error.message.replace(/^Cannot parse privateKey: /, ''), 120);
  return hasPassphrase ? 'its passphrase is not the one given' : 'it is encrypted and no passphrase was given';
}

function agentAttempt({ user, agent, identitiesOnly }: Credentials, publicKeys: readonly Buffer[]): readonly Attempt[] {
  if (agent === undefined || agent === '') return [];
  const make = (): AnyAuthMethod => {
    const all = ssh2.createAgent(agent);
    return { type: 'agent', username: user, agent: identitiesOnly ? new SelectedAgent(all, publicKeys) : all };
  };
  return [{ method: 'publickey', name: 'the agent', make }];
}

/** An agent that offers only some of its keys, as `IdentitiesOnly yes` asks. */
class SelectedAgent extends ssh2.BaseAgent {
  readonly #agent: BaseAgent;
  readonly #publicKeys: readonly Buffer[];

  constructor(agent: BaseAgent, publicKeys: readonly Buffer[]) {
    super();
    this.#agent = agent;
    this.#publicKeys = publicKeys;
  }

  override getIdentities(done: IdentityCallback): void {
    this.#agent.getIdentities((error, keys = []) => {
      // An agent's keys are parsed already; the types allow for agents of other makes.
      const own = keys.filter((key): key is ParsedKey => typeof key === 'object' && 'getPublicSSH' in key);
      done(
        error ?? undefined,
        own.filter((key) => this.#publicKeys.some((wanted) => wanted.equals(key.getPublicSSH()))),
      );
    });
  }

  override sign(key: AnyKey, data: Buffer, options: SigningRequestOptions, done?: SignCallback): void;
  override sign(key: AnyKey, data: Buffer, done: SignCallback): void;
  override sign(key: AnyKey, data: Buffer, next: SigningRequestOptions | SignCallback, done?: SignCallback): void {
    if (typeof next === 'function') this.#agent.sign(key, data, next);
    else this.#agent.sign(key, data, next, done);
  }
}

type AnyKey = ParsedKey | Buffer | string;
