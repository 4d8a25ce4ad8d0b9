// Cap'n Proto's own C++ library, asked one thing after the other over stdin and stdout:
//
//   oracle REQUEST.bin        the CodeGeneratorRequest whose types are spoken of
//
// A question is a line of words, the last one the length of the bytes that follow it. An answer is
// a line "ok LENGTH" or "error LENGTH", and that many bytes.
//
//   build TYPE FORMAT WORDS n   a tree in JSON (see tree.h) -> a message; segments of WORDS words
//   read TYPE HOW n             a message -> its text, as `capnp decode` prints it
//   tree TYPE HOW n             a message -> its tree
//   canonical TYPE n            a message -> the canonical form of it, without framing
//   is-canonical TYPE n         one segment without framing -> true or false
//
// FORMAT is flat or packed; HOW is flat, stream, packed or segment (one, without framing).

#include <capnp/serialize-packed.h>
#include <capnp/serialize.h>
#include <kj/io.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tree.h"

namespace {

using Bytes = kj::Array<kj::byte>;

Bytes copyOf(kj::ArrayPtr<const kj::byte> bytes) { return kj::heapArray<kj::byte>(bytes); }

Bytes copyOf(kj::StringPtr text) { return copyOf(text.asBytes()); }

// Words of memory that are aligned as the readers demand.
kj::Array<capnp::word> wordsOf(kj::ArrayPtr<const kj::byte> bytes) {
  KJ_REQUIRE(bytes.size() % sizeof(capnp::word) == 0, "not a whole number of words");
  auto words = kj::heapArray<capnp::word>(bytes.size() / sizeof(capnp::word));
  memcpy(words.begin(), bytes.begin(), bytes.size());
  return words;
}

capnp::ReaderOptions generous() {
  capnp::ReaderOptions options;
  options.traversalLimitInWords = kj::maxValue;
  return options;
}

// A message with the memory that it lies in.
struct Opened {
  Bytes bytes;
  kj::Array<capnp::word> words;
  kj::Maybe<kj::AutoCloseFd> descriptor;
  kj::Maybe<kj::ArrayInputStream> stream;
  kj::ArrayPtr<const capnp::word> segments[1];
  kj::Own<capnp::MessageReader> message;
};

kj::AutoCloseFd fileHolding(kj::ArrayPtr<const kj::byte> bytes) {
  int fd = memfd_create("message", MFD_CLOEXEC);
  KJ_REQUIRE(fd >= 0, "memfd_create failed");
  kj::AutoCloseFd descriptor(fd);
  kj::FdOutputStream(fd).write(bytes.begin(), bytes.size());
  KJ_REQUIRE(lseek(fd, 0, SEEK_SET) == 0, "lseek failed");
  return descriptor;
}

kj::Own<Opened> open(kj::StringPtr how, Bytes bytes) {
  auto opened = kj::heap<Opened>();
  opened->bytes = kj::mv(bytes);
  if (how == "flat") {
    opened->words = wordsOf(opened->bytes);
    auto reader = kj::heap<capnp::FlatArrayMessageReader>(opened->words, generous());
    KJ_REQUIRE(reader->getEnd() == opened->words.end(), "the message ends before the bytes do");
    opened->message = kj::mv(reader);
  } else if (how == "segment") {
    opened->words = wordsOf(opened->bytes);
    opened->segments[0] = opened->words;
    opened->message = kj::heap<capnp::SegmentArrayMessageReader>(
        kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>>(opened->segments, 1), generous());
  } else if (how == "stream") {
    int fd = opened->descriptor.emplace(fileHolding(opened->bytes));
    opened->message = kj::heap<capnp::StreamFdMessageReader>(fd, generous());
  } else if (how == "packed") {
    auto& stream = opened->stream.emplace(opened->bytes);
    opened->message = kj::heap<capnp::PackedMessageReader>(stream, generous());
  } else {
    KJ_FAIL_REQUIRE("unknown way to read", how);
  }
  return opened;
}

Bytes write(kj::StringPtr format, capnp::MessageBuilder& message) {
  if (format == "flat") return copyOf(capnp::messageToFlatArray(message).asBytes());
  KJ_REQUIRE(format == "packed", "unknown format", format);
  kj::VectorOutputStream out;
  capnp::writePackedMessage(out, message);
  return copyOf(out.getArray());
}

Bytes answer(const Types& types, kj::ArrayPtr<const kj::StringPtr> words, Bytes payload) {
  KJ_REQUIRE(words.size() >= 2, "a question has two words at least");
  auto type = types.named(words[1]);
  auto& verb = words[0];
  if (verb == "build") {
    auto size = words[3].parseAs<kj::uint>();
    capnp::MallocMessageBuilder message(size, capnp::AllocationStrategy::FIXED_SIZE);
    buildTree(types, message.initRoot<capnp::DynamicStruct>(type), payload.asChars());
    return write(words[2], message);
  }
  if (verb == "read") {
    auto opened = open(words[2], kj::mv(payload));
    return copyOf(kj::str(opened->message->getRoot<capnp::DynamicStruct>(type)));
  }
  if (verb == "tree") {
    auto opened = open(words[2], kj::mv(payload));
    return copyOf(treeOf(opened->message->getRoot<capnp::DynamicStruct>(type)));
  }
  if (verb == "canonical") {
    auto opened = open("flat", kj::mv(payload));
    return copyOf(opened->message->getRoot<capnp::AnyStruct>().canonicalize().asBytes());
  }
  if (verb == "is-canonical") {
    return copyOf(kj::str(open("segment", kj::mv(payload))->message->isCanonical()));
  }
  KJ_FAIL_REQUIRE("unknown question", verb);
}

void reply(const char* kind, kj::ArrayPtr<const kj::byte> bytes) {
  printf("%s %zu\n", kind, bytes.size());
  fwrite(bytes.begin(), 1, bytes.size(), stdout);
  fflush(stdout);
}

bool serve(const Types& types) {
  char line[1024];
  if (fgets(line, sizeof(line), stdin) == nullptr) return false;
  kj::Vector<kj::StringPtr> words;
  for (char* word = strtok(line, " \n"); word != nullptr; word = strtok(nullptr, " \n")) {
    words.add(word);
  }
  auto payload = kj::heapArray<kj::byte>(words.back().parseAs<size_t>());
  if (fread(payload.begin(), 1, payload.size(), stdin) != payload.size()) return false;
  KJ_IF_MAYBE(exception, kj::runCatchingExceptions([&]() {
    auto result = answer(types, words.slice(0, words.size() - 1), kj::mv(payload));
    reply("ok", result);
  })) {
    auto text = kj::str(exception->getDescription());
    reply("error", text.asBytes());
  }
  return true;
}

}  // namespace

int main(int count, char* arguments[]) {
  if (count != 2) {
    fprintf(stderr, "usage: oracle REQUEST.bin\n");
    return 2;
  }
  FILE* file = fopen(arguments[1], "rb");
  if (file == nullptr) {
    perror(arguments[1]);
    return 1;
  }
  capnp::StreamFdMessageReader request(fileno(file), generous());
  Types types(request.getRoot<capnp::schema::CodeGeneratorRequest>());
  while (serve(types)) {
  }
  return 0;
}
