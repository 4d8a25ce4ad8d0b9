// The front door of @tidemark/capnp.

export {};
