// What a Service Center must know and be able to do about a data centre. Both labs implement this, the embedded one with
// its model of Slony and the tests' real one with slonik, so that one web application serves both.
import type { Client } from 'pg';
import type { DatabaseName } from './appliances.js';

/** One appliance, as a Service Center knows it. */
export interface Member {
  /** Its name, also in the fabric database's table `appliance`. */
  readonly host: string;
  readonly organization: number;
  readonly address: string;
  readonly databases: readonly DatabaseName[];
}

/** What slonik is to make: a fresh cluster with the origin as node 1. */
export interface SlonikRequest {
  readonly database: DatabaseName;
  readonly origin: Member;
  /** Node 2; without it the origin stays alone. */
  readonly subscriber?: Member;
}

/** A data centre. */
export interface DataCenter {
  readonly members: readonly Member[];
  /** The addresses in `fdb.properties` of a service provider appliance; undefined while its dtService does not answer. */
  fabricAddresses(member: Member): Promise<readonly string[] | undefined>;
  /** A session with a database over the network; rejects when that cannot be reached. The caller ends it. */
  open(member: Member, database: DatabaseName): Promise<Client>;
  /** Runs slonik; rejects with a LabProblem that holds its words. */
  slonik(request: SlonikRequest): Promise<void>;
}
