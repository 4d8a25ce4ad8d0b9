// All suites, in the order of the report.

import type { Suite } from "../suite.js";
import { access } from "./access.js";
import { capnp } from "./capnp.js";
import { databases } from "./databases.js";
import { growth } from "./growth.js";
import { growthPolicy } from "./growth-policy.js";
import { heap } from "./heap.js";
import { messageFiles } from "./message-files.js";
import { records } from "./records.js";
import { schema } from "./schema.js";
import { sync } from "./sync.js";
import { tracking } from "./tracking.js";

export interface NamedSuite {
  readonly name: string;
  /** What it is about, for the contents of the report. */
  readonly title: string;
  readonly suite: Suite;
  /** Set where databases are measured that are installed apart. */
  readonly needsPeers?: boolean;
}

export const allSuites: readonly NamedSuite[] = [
  { name: "growth", title: "Files that grow", suite: growth },
  { name: "growth-policy", title: "How far a file grows at a time", suite: growthPolicy },
  { name: "access", title: "Access in place", suite: access },
  { name: "tracking", title: "Tracked files", suite: tracking, needsPeers: true },
  { name: "message-files", title: "Messages built in files", suite: messageFiles },
  { name: "capnp", title: "Cap'n Proto messages in memory", suite: capnp },
  { name: "schema", title: "The schema compiler", suite: schema },
  { name: "databases", title: "Against databases", suite: databases, needsPeers: true },
  { name: "records", title: "Records", suite: records },
  { name: "heap", title: "Heap", suite: heap },
  { name: "sync", title: "Locks, waiting and channels", suite: sync },
];
