// Doing the steps of a task in a page, one after the other. What matters is what a failure means: until the first click
// nothing of ours can have changed anything; from then on it is in doubt. A failure tells what the page showed.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dialog, Locator, Page } from 'playwright-core';
import { cut } from '../../core/cut.js';
import { WorldError } from '../../core/world-error.js';
import type { OpenPage } from './browser-launch.js';
import { stepWords } from './browser-steps.js';
import type { Step, Target } from './browser-steps.js';
import { durationMs } from './duration.js';

/** What the steps of one task share. */
export interface Work {
  readonly open: OpenPage;
  /** Addresses in steps are relative to this. */
  readonly url: string;
  readonly stepMs: number;
  readonly host: string;
  /** Where pictures are kept. */
  readonly screenshots: string | undefined;
  /** Between steps: rejects when the task is over its time or the run is stopped. */
  goOn(): Promise<void>;
}

/** A step that could not be done. */
class StepFailure extends Error {}

type AriaRole = Parameters<Page['getByRole']>[0];

/** How long a page may take to tell its state once something has failed. */
const tellMs = 2000;
/** Shorter values are words that a message needs. */
const shortestSecret = 4;

/** Does steps in a page. */
export class Performer {
  readonly pictures: string[] = [];
  readonly #work: Work;
  readonly #secrets = new Set<string>();
  #clicked = false;
  #dialog: { readonly wanted: 'accept' | 'dismiss' } = { wanted: 'dismiss' };
  #asked: string | undefined;

  constructor(work: Work) {
    this.#work = work;
    work.open.page.on('dialog', (dialog) => void this.#answer(dialog));
  }

  /** Goes to the address of the task. */
  async start(): Promise<void> {
    await this.#named('open the page', { open: this.#work.url }, false);
  }

  /** Does these steps; clicks of a sign-in are taken for no change. */
  async perform(steps: readonly Step[], kind: 'login' | 'step'): Promise<void> {
    for (const [index, step] of steps.entries()) {
      await this.#named(`${kind} ${index + 1} (${stepWords(step)})`, step, kind === 'step');
    }
  }

  /** What is missing from the page, in words; nothing when all of it is to be seen. */
  async lacks(looks: readonly Pick<Step, 'open' | 'expect'>[]): Promise<string | undefined> {
    for (const [index, look] of looks.entries()) {
      const words = `look ${index + 1} (${stepWords(look)})`;
      if (look.expect === undefined) await this.#named(words, look, false);
      else if (!(await this.#shows(look.expect)))
        return this.hide(`${words}: not to be seen on \`${await this.#title()}\``);
    }
    return undefined;
  }

  /** What the page is and says, for the register. */
  async told(): Promise<{ readonly url: string; readonly title: string; readonly messages: readonly string[] }> {
    const { page } = this.#work.open;
    const messages = await this.#texts(page.getByRole('alert').or(page.getByRole('status')));
    return {
      url: this.hide(page.url()),
      title: this.hide(await this.#title()),
      messages: messages.map((each) => this.hide(each)),
    };
  }

  /** The text without the passwords that were filled in. */
  hide(text: string): string {
    return [...this.#secrets].reduce((hidden, secret) => hidden.replaceAll(secret, '********'), text);
  }

  async #named(words: string, step: Step, counts: boolean): Promise<void> {
    try {
      await this.#work.goOn();
      await this.#perform(step, counts);
      if (this.#asked !== undefined) throw new StepFailure(`the page asked \`${this.#asked}\`, and the answer was no`);
    } catch (cause) {
      throw await this.#failure(words, step, cause);
    }
  }

  async #perform(step: Step, counts: boolean): Promise<void> {
    const { page } = this.#work.open;
    const timeout = this.#work.stepMs;
    if (step.open !== undefined) await this.#open(step.open);
    else if (step.fill !== undefined) {
      await this.#fill(step.fill);
    } else if (step.select !== undefined) {
      await (
        await this.#only(this.#field(step.select, ['combobox', 'listbox']))
      ).selectOption(String(step.select.option), { timeout });
    } else if (step.check !== undefined) {
      await (await this.#only(this.#field(step.check, ['checkbox', 'radio']))).check({ timeout });
    } else if (step.click !== undefined) await this.#click(step.click, counts);
    else if (step.expect !== undefined) {
      if (!(await this.#shows(step.expect))) throw new StepFailure('not to be seen');
    } else if (step.screenshot !== undefined) await this.#picture(step.screenshot);
    else await page.waitForTimeout(durationMs(step.wait ?? 1));
  }

  async #fill(fill: NonNullable<Step['fill']>): Promise<void> {
    const timeout = this.#work.stepMs;
    const target = await this.#only(this.#field(fill, ['textbox', 'searchbox', 'spinbutton']));
    const isSecret = (await target.getAttribute('type', { timeout })) === 'password';
    if (isSecret && fill.value.length >= shortestSecret) this.#secrets.add(fill.value);
    await target.fill(fill.value, { timeout });
  }

  async #open(address: string): Promise<void> {
    const url = new URL(address, this.#work.url).href;
    try {
      await this.#work.open.page.goto(url, { timeout: this.#work.stepMs });
    } catch (cause) {
      const { hostname } = new URL(url);
      throw new StepFailure(
        whyNot(
          cause,
          this.#work.open.problems.filter((each) => each.includes(hostname)),
        ),
      );
    }
  }

  async #click(click: NonNullable<Step['click']>, counts: boolean): Promise<void> {
    const timeout = this.#work.stepMs;
    const target = await this.#only(this.#locate(click, true));
    // Everything that keeps a click from being made shows in a trial, and then it is known that none was.
    await target.click({ trial: true, timeout });
    this.#dialog = { wanted: click.dialog ?? 'dismiss' };
    this.#clicked ||= counts;
    await target.click({ timeout }).catch((cause: unknown) => {
      // The click is made, and the page that it leads to is slow; what is to be there is for the next step to say.
      if (!isTimeout(cause)) throw cause;
    });
  }

  async #answer(dialog: Dialog): Promise<void> {
    const accepts = this.#dialog.wanted === 'accept' || dialog.type() === 'alert';
    if (!accepts) this.#asked = dialog.message();
    await (accepts ? dialog.accept() : dialog.dismiss()).catch(() => undefined);
  }

  async #shows(expected: NonNullable<Step['expect']>): Promise<boolean> {
    const timeout = durationMs(expected.timeout ?? this.#work.stepMs / 1000);
    const target = this.#locate(expected, false).filter({ visible: true }).first();
    return target.waitFor({ timeout }).then(
      () => true,
      (cause: unknown) => {
        if (isTimeout(cause)) return false;
        throw cause;
      },
    );
  }

  /** The one thing that is meant: two of a name are no name. */
  async #only(target: Locator): Promise<Locator> {
    const visible = target.filter({ visible: true });
    await visible.first().waitFor({ timeout: this.#work.stepMs });
    const count = await visible.count();
    if (count > 1) throw new StepFailure(`there are ${count} of them; say which one with \`selector\``);
    return visible;
  }

  #field({ label = '', selector }: Target, roles: readonly AriaRole[]): Locator {
    const { page } = this.#work.open;
    if (selector !== undefined) return page.locator(selector);
    // A label around its field has the text of the field in it; the role's name has not.
    const byRole = roles.map((role) => page.getByRole(role, { name: label, exact: true }));
    return byRole.reduce((all, each) => all.or(each), page.getByLabel(label, { exact: true }));
  }

  #locate({ role, name, text, selector }: Target, exact: boolean): Locator {
    const { page } = this.#work.open;
    if (selector !== undefined) return page.locator(selector);
    if (role === undefined) return page.getByText(text ?? '', { exact });
    // A role that ARIA does not know is found on no page, and the message says so.
    return page.getByRole(role as AriaRole, name === undefined ? {} : { name, exact: true });
  }

  async #picture(name: string): Promise<string | undefined> {
    const { screenshots, host, open } = this.#work;
    if (screenshots === undefined) return undefined;
    const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
    const path = join(screenshots, `${host}-${time}-${name}.png`.replaceAll(/[^A-Za-z0-9._-]/g, '_'));
    await mkdir(screenshots, { recursive: true, mode: 0o700 });
    await open.page.screenshot({ path, fullPage: true, timeout: 10_000 });
    this.pictures.push(path);
    return path;
  }

  async #failure(words: string, step: Step, cause: unknown): Promise<WorldError> {
    const picture = await this.#picture('failed').catch(() => undefined);
    const { url, title, messages } = await this.told();
    const says = messages.length === 0 ? '' : `, and it said: ${messages.join(' / ')}`;
    const reason = reasonOf(cause, step, this.#work.stepMs);
    return new WorldError(
      this.#clicked ? 'in-doubt' : cause instanceof WorldError ? cause.kind : 'failed',
      this.hide(`${words}: ${reason}. The page was \`${title}\` at ${url}${says}`),
      {
        hint: this.#clicked
          ? 'something was clicked before this, so look at what it has done before you do it again'
          : 'compare the step with the page; a picture is kept when the task says `screenshots`',
        details: {
          step: words,
          page_title: title,
          page_url: url,
          ...(picture === undefined ? {} : { screenshot: picture }),
        },
      },
    );
  }

  async #title(): Promise<string> {
    return within(this.#work.open.page.title(), '');
  }

  async #texts(target: Locator): Promise<readonly string[]> {
    const texts = await within(target.filter({ visible: true }).allInnerTexts(), []);
    return texts
      .map((each) => cut(each.replaceAll(/\s+/g, ' ').trim(), 300))
      .filter((each) => each !== '')
      .slice(0, 3);
  }
}

/** The answer of a page, or this when it gives none. */
async function within<T>(answer: Promise<T>, otherwise: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>((resolve) => (timer = setTimeout(() => resolve(otherwise), tellMs)));
  try {
    return await Promise.race([answer.catch(() => otherwise), late]);
  } finally {
    clearTimeout(timer);
  }
}

function isTimeout(cause: unknown): boolean {
  return cause instanceof Error && cause.name === 'TimeoutError';
}

// Playwright's own words hold what was filled in, so none of them are passed on.
function reasonOf(cause: unknown, step: Step, stepMs: number): string {
  if (cause instanceof StepFailure || cause instanceof WorldError) return cause.message;
  if (isTimeout(cause)) {
    const seconds = `${(step.expect?.timeout === undefined ? stepMs : durationMs(step.expect.timeout)) / 1000} s`;
    return step.select === undefined
      ? `not there, or not ready, within ${seconds}`
      : `no such list or option within ${seconds}`;
  }
  return cause instanceof Error && /closed|crash/i.test(cause.message)
    ? 'the browser ended'
    : 'the page does not allow it';
}

const netWords: Readonly<Record<string, string>> = {
  ERR_NAME_NOT_RESOLVED: 'its name is not known',
  ERR_CONNECTION_REFUSED: 'nothing listens there',
  ERR_CONNECTION_TIMED_OUT: 'no answer',
  ERR_CERT_AUTHORITY_INVALID: 'its certificate is not trusted: give it as `ca_path`',
  ERR_CERT_COMMON_NAME_INVALID: 'its certificate is for another name',
  ERR_CERT_DATE_INVALID: 'its certificate has expired or is not yet valid',
  ERR_SOCKS_CONNECTION_FAILED: 'the host cannot reach it',
};

function whyNot(cause: unknown, problems: readonly string[]): string {
  if (isTimeout(cause)) return 'it did not load in time';
  const code = /net::(ERR_\w+)/.exec(cause instanceof Error ? cause.message : '')?.[1] ?? 'no reason was given';
  const last = problems.at(-1);
  return `it cannot be opened: ${netWords[code] ?? code}${last === undefined ? '' : ` (${last})`}`;
}
