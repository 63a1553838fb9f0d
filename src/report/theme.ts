// Colour is information for some terminals and noise for every file. One place decides,
// by the conventions of https://no-color.org and FORCE_COLOR.
import picocolors from 'picocolors';

/** What colours an output: each function paints a text, or leaves it as it is. */
export type Theme = ReturnType<typeof picocolors.createColors>;

/** The part of an output stream that decides on colours. */
export interface MaybeTerminal {
  readonly isTTY?: boolean | undefined;
}

/** True when this stream should get colours. `NO_COLOR` wins over `FORCE_COLOR`, which wins over what the stream is. */
function wantsColour(stream: MaybeTerminal, environment: NodeJS.ProcessEnv): boolean {
  if ((environment['NO_COLOR'] ?? '') !== '') return false;
  const forced = environment['FORCE_COLOR'];
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false';
  return stream.isTTY === true && environment['TERM'] !== 'dumb';
}

/** The colours for a stream. */
export function themeFor(stream: MaybeTerminal, environment: NodeJS.ProcessEnv): Theme {
  return picocolors.createColors(wantsColour(stream, environment));
}

/** No colours at all. */
export const plain: Theme = picocolors.createColors(false);
