// The front door: all of @tidemark/core/records.

// biome-ignore lint/performance/noReExportAll: whatever it exports is exported here.
export * from "@tidemark/core/records";
