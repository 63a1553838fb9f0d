// The Service Center of the lab, in the operator's place: a process of its own, so that what slonik costs is not counted
// with who asks for it. Its one REST call initializes Slony with B alone, as the button does while A cannot be reached.
// It ends when its standard input does.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A Service Center that runs. */
export interface BenchServiceCenter extends AsyncDisposable {
  readonly url: string;
}

/** Starts it, for the lab that this script is. */
export async function startServiceCenter(labScript: string): Promise<BenchServiceCenter> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), labScript], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const port = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once('line', resolve);
    child.once('error', reject).once('exit', () => reject(new Error('the Service Center ended')));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const labScript = process.argv[2] ?? '';
  const server = createServer((request, response) => {
    const known = request.method === 'POST' && request.url === '/dt-rest/v100/maintenance/manager/initSlony';
    const answer = (status: number, message: string): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ message }));
    };
    request.resume().once('end', () => {
      if (!known) return answer(404, 'there is no such call');
      execFile(labScript, ['init-slony', 'fdb', 'spb'], (error) => {
        answer(error === null ? 200 : 500, error?.message ?? 'spb is node 1 and origin');
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  console.log((server.address() as AddressInfo).port);
  process.stdin.resume().once('end', () => process.exit(0));
}
