// @tidemark/core/sync: what threads and processes need to use mapped memory together.

export type { WaitEnd } from "./waiting.js";
