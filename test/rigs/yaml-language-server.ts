// The language server that editors check YAML with, spoken to as an editor does: LSP over standard input and output.
// It is the one that stands behind redhat.vscode-yaml, and it is given no network.
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from './command-line.js';

const serverProgram = join(projectRoot, 'node_modules/yaml-language-server/bin/yaml-language-server');
const noNetwork = join(projectRoot, 'test/rigs/no-network.cjs');

interface Position {
  readonly line: number;
  readonly character: number;
}

interface Message {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

type Documentation = string | { readonly value: string };

/** A completion as an editor shows it. */
export interface Offer {
  readonly label: string;
  readonly insertText?: string;
  readonly documentation?: Documentation;
}

/** The text that explains an offer. */
export function documentationOf({ documentation }: Offer): string {
  return typeof documentation === 'string' ? documentation : (documentation?.value ?? '');
}

/** An editor with the language server behind it. Lines and columns count from 1, as an editor shows them. */
export class Editor implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #settings: Readonly<Record<string, unknown>>;
  readonly #answers = new Map<number, (message: Message) => void>();
  readonly #told = new Map<string, (lines: readonly string[]) => void>();
  #unread = Buffer.alloc(0);
  #lastId = 0;
  #stderr = '';

  /** Starts the server with the settings `yaml.*` of an editor, as in `{'yaml.schemas': {...}}`. */
  static async start(settings: Readonly<Record<string, unknown>>, directory: string = projectRoot): Promise<Editor> {
    const editor = new Editor(settings);
    const root = pathToFileURL(directory).href;
    await editor.#ask('initialize', {
      processId: process.pid,
      rootUri: root,
      workspaceFolders: [{ uri: root, name: 'playbook' }],
      capabilities: {
        workspace: {
          configuration: true,
          workspaceFolders: true,
          didChangeConfiguration: { dynamicRegistration: true },
        },
        textDocument: { completion: { completionItem: { snippetSupport: true, documentationFormat: ['markdown'] } } },
      },
    });
    editor.#send({ method: 'initialized', params: {} });
    return editor;
  }

  private constructor(settings: Readonly<Record<string, unknown>>) {
    this.#settings = settings;
    this.#child = spawn(process.execPath, ['--require', noNetwork, serverProgram, '--stdio']);
    this.#child.stdout.on('data', (chunk: Buffer) => this.#read(chunk));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
  }

  /** Everything that the server wrote to standard error, where an attempt to use the network shows. */
  get complaints(): string {
    return this.#stderr;
  }

  /** Opens a file, which need not be on disk, with a text; gives what the editor underlines, as `line: message`. */
  problems(path: string, text: string): Promise<readonly string[]> {
    const uri = pathToFileURL(path).href;
    // What is told of a file that is opened anew may still be about its old text.
    if (this.#told.has(uri)) throw new Error(`${path} is open already`);
    const told = new Promise<readonly string[]>((resolve) => this.#told.set(uri, resolve));
    const textDocument = { uri, languageId: 'yaml', version: 1, text };
    this.#send({ method: 'textDocument/didOpen', params: { textDocument } });
    return told;
  }

  /** What is offered where `¦` stands in the text. */
  async completions(path: string, marked: string): Promise<readonly Offer[]> {
    const { items } = (await this.#at('textDocument/completion', path, marked)) as { readonly items: readonly Offer[] };
    return items;
  }

  /** What is shown when the pointer rests where `¦` stands in the text. */
  async hover(path: string, marked: string): Promise<string> {
    const hover = (await this.#at('textDocument/hover', path, marked)) as { readonly contents: Documentation } | null;
    if (hover === null) return '';
    return typeof hover.contents === 'string' ? hover.contents : hover.contents.value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill();
    await ended;
  }

  async #at(method: string, path: string, marked: string): Promise<unknown> {
    const uri = pathToFileURL(path).href;
    const before = marked.slice(0, marked.indexOf('¦'));
    await this.problems(path, marked.replace('¦', ''));
    const position: Position = {
      line: before.split('\n').length - 1,
      character: before.length - before.lastIndexOf('\n') - 1,
    };
    return this.#ask(method, { textDocument: { uri }, position });
  }

  async #ask(method: string, params: unknown): Promise<unknown> {
    const id = ++this.#lastId;
    const answered = new Promise<Message>((resolve) => this.#answers.set(id, resolve));
    this.#send({ id, method, params });
    const { result, error } = await answered;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  #send(message: Message): void {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message });
    this.#child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  #read(chunk: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, chunk]);
    for (;;) {
      const end = this.#unread.indexOf('\r\n\r\n');
      const length = Number(/Content-Length: (\d+)/i.exec(this.#unread.toString('utf8', 0, Math.max(0, end)))?.[1]);
      if (end === -1 || this.#unread.length < end + 4 + length) return;
      const body = this.#unread.toString('utf8', end + 4, end + 4 + length);
      this.#unread = this.#unread.subarray(end + 4 + length);
      this.#hear(JSON.parse(body) as Message);
    }
  }

  #hear(message: Message): void {
    const { id, method, params } = message;
    if (method === undefined) {
      if (typeof id === 'number') this.#answers.get(id)?.(message);
    } else if (method === 'textDocument/publishDiagnostics') {
      const { uri, diagnostics } = params as Diagnostics;
      this.#told.get(uri)?.(linesOf(diagnostics));
    } else if (id !== undefined) {
      this.#send({ id, result: method === 'workspace/configuration' ? this.#configuration(params) : null });
    }
  }

  #configuration(params: unknown): readonly unknown[] {
    const { items } = params as { readonly items: readonly { readonly section: string }[] };
    return items.map(({ section }) => {
      const own = Object.entries(this.#settings).filter(([name]) => name.startsWith(`${section}.`));
      const nested: Record<string, unknown> = {};
      for (const [name, value] of own) put(nested, name.slice(section.length + 1).split('.'), value);
      return nested;
    });
  }
}

interface Diagnostics {
  readonly uri: string;
  readonly diagnostics: readonly { readonly range: { readonly start: Position }; readonly message: string }[];
}

function linesOf(diagnostics: Diagnostics['diagnostics']): readonly string[] {
  return diagnostics
    .toSorted((left, right) => left.range.start.line - right.range.start.line)
    .map(({ range, message }) => `${range.start.line + 1}: ${message}`);
}

/** Puts a value at a path of maps, as an editor reads `yaml.schemaStore.enable`. */
function put(map: Record<string, unknown>, [first = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    map[first] = value;
    return;
  }
  const below = (map[first] ?? {}) as Record<string, unknown>;
  map[first] = below;
  put(below, rest, value);
}
