// The room's door: a data centre of Horizon DaaS appliances on this machine, for demos and tests.
export { DATABASE_LOGIN, LOGIN, SERVICE_CENTER_LOGIN, type DatabaseName, type HostName } from './appliances.js';
export {
  labCut,
  labDown,
  labHeal,
  labStatus,
  labUp,
  type LabHostOptions,
  type LabPlace,
  type LabStatus,
  type LabUpOptions,
} from './commands.js';
export { initializeSlony, type InitializeRequest } from './initialize-slony.js';
export { startLab, type Lab, type LabOptions } from './lab.js';
export { LabProblem } from './problem.js';
export type { SlonyReport } from './slony-backend.js';
export type { ApplianceState, LabState } from './state.js';
export type { ApplianceStatus, DatabaseStatus, SlonyRole } from './status.js';
