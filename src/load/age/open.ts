// Opens what was encrypted with age while files are loaded, with the identities that were lent to the load.
import { error } from '../../core/diagnostic.js';
import type { Diagnostic } from '../../core/diagnostic.js';
import { andThen, fail, ok } from '../../core/result.js';
import type { Result } from '../../core/result.js';
import type { Span } from '../../core/source.js';
import { identitiesAtHand } from '../vault/open.js';
import { openAge } from './format.js';
import type { AgeFlaw } from './pieces.js';

/** The plain bytes; the span is where it says that it is encrypted. */
export function openForUs(content: Uint8Array, span: Span): Result<Buffer> {
  return andThen(identitiesAtHand(), (identities) => {
    const opened = openAge(content, identities);
    if (Buffer.isBuffer(opened)) return ok(opened);
    if (opened.kind === 'no-match' && identities.length === 0) return fail(noIdentity(span));
    return fail(refusal(opened, identities.length, span));
  });
}

function noIdentity(span: Span): Diagnostic {
  const hint = 'give `--age-identity-file FILE`, or name the file in SOPS_AGE_KEY_FILE';
  return error('age/no-identity', 'this is encrypted with age, and no identity was given', span, { hint });
}

function refusal({ kind, message }: AgeFlaw, tried: number, span: Span): Diagnostic {
  switch (kind) {
    case 'no-match': {
      const hint = `tried ${tried}; the recipients are chosen when it is encrypted: is the public key of yours among them?`;
      return error('age/wrong-identity', 'no identity that was given opens this', span, { hint });
    }
    case 'passphrase': {
      const hint = 'encrypt it for a recipient: `age -r AGE1...`';
      return error('age/passphrase', message, span, { hint });
    }
    case 'unknown-format': {
      const hint = 'encrypt it anew with `age` 1.x';
      return error('age/unknown-format', message, span, { hint });
    }
    case 'damaged': {
      const hint = 'take it from a backup or from version control';
      return error('age/damaged', message, span, { hint });
    }
  }
}
