// The front door: all of @tidemark/capnp.

// biome-ignore lint/performance/noReExportAll: whatever it exports is exported here.
export * from "@tidemark/capnp";
