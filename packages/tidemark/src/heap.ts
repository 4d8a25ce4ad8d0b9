// The front door: all of @tidemark/core/heap.

// biome-ignore lint/performance/noReExportAll: whatever it exports is exported here.
export * from "@tidemark/core/heap";
