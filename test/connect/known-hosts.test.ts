// known_hosts as sshd(8) describes it, hashed lines as ssh-keygen makes them.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { HostKeyCheck } from '../../src/connect/host-key.js';
import { fingerprintOf, parseKnownHosts, standingOf } from '../../src/connect/known-hosts.js';
import { keyPair, publicLine } from '../rigs/ssh-server.js';

const directory = mkdtempSync(join(tmpdir(), 'playbook-known-'));
afterAll(() => rmSync(directory, { recursive: true }));

const line = publicLine(keyPair().private);
const otherLine = publicLine(keyPair().private);
const ecdsaLine = publicLine(keyPair('ecdsa').private);
const wire = (text: string): Buffer => Buffer.from(text.split(' ')[1] ?? '', 'base64');
const key = wire(line);

describe('what known_hosts says of a host', () => {
  it.each([
    ['spb', 'spb', 22, 'known'],
    ['SPB', 'spb', 22, 'known'],
    ['spb', 'SPB', 22, 'known'],
    ['spb,10.0.0.1', '10.0.0.1', 22, 'known'],
    ['10.0.0.1', '10.0.0.10', 22, 'unknown'],
    ['[spb]:2222', 'spb', 2222, 'known'],
    ['[spb]:2222', 'spb', 22, 'unknown'],
    ['[spb]:2222', 'spb', 2223, 'unknown'],
    ['spb', 'spb', 2222, 'known'],
    ['fe80::1', 'fe80::1', 22, 'known'],
    ['*.example', 'spb.example', 22, 'known'],
    ['*.example', 'example', 22, 'unknown'],
    ['sp?', 'spb', 22, 'known'],
    ['sp?', 'spbb', 22, 'unknown'],
    ['*', 'anything', 22, 'known'],
    ['*.example,!bad.example', 'bad.example', 22, 'unknown'],
    ['!bad.example,*.example', 'good.example', 22, 'known'],
    ['[*.example]:2222', 'a.example', 2222, 'known'],
    ['a.b', 'axb', 22, 'unknown'],
    ['# spb', 'spb', 22, 'unknown'],
    ['@revoked spb', 'spb', 22, 'revoked'],
    ['@revoked *', 'spb', 22, 'revoked'],
    ['@cert-authority spb', 'spb', 22, 'unknown'],
    ['@other spb', 'spb', 22, 'unknown'],
    [`${'*a'.repeat(40)}!`, 'a'.repeat(60), 22, 'unknown'],
  ])('`%s` for %s port %i: %s', (names, host, port, kind) => {
    expect(standingOf(parseKnownHosts(`\n# comment\n${names} ${line} me@here\n`, 'f'), host, port, key).kind).toBe(
      kind,
    );
  });

  it('is a changed key when another is known, of any type', () => {
    const lines = parseKnownHosts(`spb ${otherLine}\r\nspb ${ecdsaLine}\n`, 'kh');
    expect(standingOf(lines, 'spb', 22, key)).toMatchObject({
      kind: 'changed',
      known: [{ file: 'kh', line: 1 }, { line: 2 }],
    });
  });

  it('is known when one of several keys is the one', () => {
    expect(standingOf(parseKnownHosts(`spb ${otherLine}\nspb ${line}`, 'kh'), 'spb', 22, key).kind).toBe('known');
  });

  it('is revoked whatever else stands there', () => {
    expect(standingOf(parseKnownHosts(`spb ${line}\n@revoked * ${line}`, 'kh'), 'spb', 22, key).kind).toBe('revoked');
  });

  it.skipIf(!hasKeygen())('reads what ssh-keygen -H hashed, and shows its fingerprint', () => {
    const file = join(directory, 'hashed');
    writeFileSync(file, `spb,10.0.0.1 ${line}\n[spb]:2222 ${otherLine}\n`);
    execFileSync('ssh-keygen', ['-H', '-f', file], { stdio: 'ignore' });
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('|1|');
    const lines = parseKnownHosts(text, file);
    expect(standingOf(lines, 'spb', 22, key).kind).toBe('known');
    expect(standingOf(lines, '10.0.0.1', 22, key).kind).toBe('known');
    expect(standingOf(lines, 'spb', 2222, wire(otherLine)).kind).toBe('known');
    expect(standingOf(lines, 'spb', 2222, wire(ecdsaLine)).kind).toBe('changed');
    expect(standingOf(lines, 'spc', 22, key).kind).toBe('unknown');
    writeFileSync(join(directory, 'key.pub'), line);
    expect(execFileSync('ssh-keygen', ['-lf', join(directory, 'key.pub')], { encoding: 'utf8' })).toContain(
      fingerprintOf(key),
    );
  });
});

function check(files: readonly string[], acceptNew = false): HostKeyCheck {
  return new HostKeyCheck('spb', 22, { files, acceptNew });
}

describe('checking a host key', () => {
  it('asks first for the types that are known', () => {
    const file = join(directory, 'types');
    writeFileSync(file, `spb ${ecdsaLine}\n`);
    const algorithms = check([join(directory, 'none'), file]).algorithms();
    expect(algorithms[0]).toBe('ecdsa-sha2-nistp256');
    expect(algorithms).not.toContain('ssh-rsa');
    expect(algorithms).toContain('ssh-ed25519');
  });

  it('tells file, line and fingerprint of the old key, and how to mend it', () => {
    const file = join(directory, 'changed');
    writeFileSync(file, `# first\nspb ${otherLine}\n`);
    for (const acceptNew of [false, true]) {
      const error = check([file], acceptNew).objection(key);
      expect(error?.message).toContain(`\`${file}:2\` ssh-ed25519 ${fingerprintOf(wire(otherLine))}`);
      expect(error?.message).toContain(fingerprintOf(key));
      expect(error?.hint).toContain(`ssh-keygen -R 'spb' -f ${file}`);
    }
    expect(check([file], true).learn(key)?.message).toContain('has changed');
    expect(readFileSync(file, 'utf8')).toBe(`# first\nspb ${otherLine}\n`);
  });

  it('tells of a certificate authority that it cannot follow', () => {
    const file = join(directory, 'authority');
    writeFileSync(file, `@cert-authority * ${otherLine}\n`);
    expect(check([file]).objection(key)?.message).toContain(`\`${file}:1\` names a certificate authority`);
  });

  it('learns a new key once, at the end of the first file, private to its owner', () => {
    const file = join(directory, 'new', '.ssh', 'known_hosts');
    expect(check([file]).learn(key)?.message).toContain('is not known');
    expect(check([file], true).learn(key)).toBeUndefined();
    expect(check([file], true).learn(key)).toBeUndefined();
    expect(readFileSync(file, 'utf8')).toBe(`spb ${line}\n`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const noEnd = join(directory, 'no-end');
    writeFileSync(noEnd, `spa ${otherLine}`);
    check([noEnd], true).learn(key);
    expect(readFileSync(noEnd, 'utf8')).toBe(`spa ${otherLine}\nspb ${line}\n`);
  });
});

function hasKeygen(): boolean {
  try {
    execFileSync('ssh-keygen', ['-?'], { stdio: 'ignore' });
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ENOENT');
  }
  return true;
}
