// The front door of @tidemark/capnpc.

export {};
