// Messages in growing files.

export { MessageFileError, UnfinishedMessageError } from "./errors.js";
export { MessageFile } from "./message-file.js";
export type {
  BuildOptions,
  CreateMessageOptions,
  OpenMessageOptions,
} from "./message-file-options.js";
export { MessageFileReader } from "./message-file-reader.js";
export type { Recovery } from "./recover.js";
