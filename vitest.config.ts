import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';

/** The files with labs take longest, so they begin first: else one of them runs alone at the end. */
class LabsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- this is vitest's own method, not an array's
    const sorted = await super.sort(files);
    const isLab = ({ moduleId }: TestSpecification): boolean => moduleId.includes('/test/lab/');
    return [...sorted.filter(isLab), ...sorted.filter((file) => !isLab(file))];
  }
}

/** What is waited for comes in its own time on a machine with other work. */
const patience = { poll: { timeout: 15_000 } };

export default defineConfig({
  test: {
    // Left alone, a machine of two cores would be given one worker.
    maxWorkers: availableParallelism(),
    sequence: { sequencer: LabsFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/integration/**'],
          testTimeout: 20_000,
          hookTimeout: 60_000,
          expect: patience,
        },
      },
      // The real lab is one set of hosts, so its tests run one file after another.
      {
        test: {
          name: 'lab',
          include: ['test/integration/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          expect: patience,
        },
      },
    ],
  },
});
