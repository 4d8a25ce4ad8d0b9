// A message as a tree in JSON, and back: what both sides of the oracle build in the same order.
//
// A struct is an object with its fields in the order in which they are to be set; a field that is
// not there is left alone. Integers of 64 bits and floats are strings, Data is a string of hex
// digits, a text has control characters and % as %XX, an enum is its number, Void is null, a list
// is an array. A pointer of any type is an object of one field: text, data, struct ([type, tree])
// or list ([type, field, tree]: a list of the type that this field has).
//
// What is read is written in the same way, but for floats, which are the hex digits of their bits
// as a 64-bit one, and for pointers of any type, of which it says only what they lead to. Pointers
// that are null are left out.

#pragma once

#include <capnp/dynamic.h>
#include <capnp/schema-loader.h>
#include <capnp/schema.capnp.h>
#include <kj/map.h>

// The types of a CodeGeneratorRequest by the part of their display name that follows the file's.
class Types {
 public:
  explicit Types(capnp::schema::CodeGeneratorRequest::Reader request);
  capnp::StructSchema named(kj::StringPtr name) const;

 private:
  capnp::SchemaLoader loader;
  kj::HashMap<kj::String, uint64_t> ids;
};

void buildTree(const Types& types, capnp::DynamicStruct::Builder root, kj::ArrayPtr<const char>);

kj::String treeOf(capnp::DynamicStruct::Reader root);
