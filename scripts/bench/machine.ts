// The machine that measures.
import { cpus, release, totalmem } from 'node:os';
import { readFileSync } from 'node:fs';
import type { Machine } from './results.js';

function system(): string {
  try {
    const name = /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
    return `${name ?? process.platform}, ${process.platform} ${release()}`;
  } catch {
    return `${process.platform} ${release()}`;
  }
}

/** This machine. */
export function machineOf(): Machine {
  const processors = cpus();
  return {
    processor: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    system: system(),
    node: process.version,
  };
}
