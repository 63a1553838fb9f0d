import { describe, expect, it } from 'vitest';
import { shell } from '../../src/modules/shell.js';
import { localHands, stepHere, temporaryDirectory } from '../rigs/local-hands.js';

describe('shell on this machine', () => {
  it('runs the text as it is written', async () => {
    const { told } = await stepHere(shell, { cmd: 'for each in a b; do\n  echo "$each"\ndone | tr a-z A-Z' });
    expect(told['stdout_lines']).toEqual(['A', 'B']);
  });

  it('takes another shell', async () => {
    const { told } = await stepHere(shell, { cmd: 'echo "${BASH_VERSION:+bash}"', executable: '/bin/bash' });
    expect(told['stdout']).toBe('bash');
  });

  it('asks its guards in the same shell and directory', async () => {
    await using directory = await temporaryDirectory();
    const args = {
      cmd: 'echo x > made',
      chdir: directory.path,
      executable: '/bin/bash',
      unless: '[[ -e made ]] # bash only',
    };
    expect(await stepHere(shell, args)).toMatchObject({ plan: { kind: 'change' }, again: { kind: 'same' } });
    expect((await stepHere(shell, args)).after['reason']).toBe('`unless` holds');
  });

  it('keeps a guard of several lines with quotes, comments and an exit whole', async () => {
    const unless = `# it's a "comment"\nif true; then\n  exit 0\nfi\nexit 1`;
    expect((await stepHere(shell, { cmd: 'false', unless })).plan.kind).toBe('same');
  });

  it.each(['/bin/sh', '/bin/bash'])(
    'does not let a guard of %s find itself among the processes',
    async (executable) => {
      const args = { cmd: 'true', executable, unless: "pgrep -f 'no such daemon .*fdb'", settle: 0 };
      expect((await stepHere(shell, args)).plan.kind).toBe('change');
    },
  );

  it('does not promise in check mode what it cannot know', () => {
    expect(shell.bind({ cmd: 'echo' }).provable).toBe(false);
    expect(shell.bind({ cmd: 'echo', creates: '/x' }).provable).toBe(true);
    expect(shell.bind({ cmd: 'echo hi\n' }).describe).toBe('would run `echo hi`');
  });

  it('never looks by running the command', async () => {
    const hands = localHands();
    await shell.bind({ cmd: 'touch /nowhere/x' }).inspect(hands);
    expect(hands.calls).toEqual([]);
  });
});
