#include "tree.h"

#include <capnp/any.h>
#include <capnp/compat/json.h>
#include <kj/encoding.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

using capnp::DynamicList;
using capnp::DynamicStruct;
using capnp::DynamicValue;
using Json = capnp::json::Value::Reader;
using Kind = capnp::schema::Type::Which;

Types::Types(capnp::schema::CodeGeneratorRequest::Reader request) {
  for (auto node : request.getNodes()) {
    loader.load(node);
    kj::StringPtr name = node.getDisplayName();
    KJ_IF_MAYBE(colon, name.findFirst(':')) {
      // Names of one file each: where two files share one, the first that is loaded has it.
      ids.upsert(kj::str(name.slice(*colon + 1)), node.getId(), [](uint64_t&, uint64_t&&) {});
    }
  }
}

capnp::StructSchema Types::named(kj::StringPtr name) const {
  return loader.get(KJ_REQUIRE_NONNULL(ids.find(name), "no such type", name)).asStruct();
}

namespace {

kj::Array<kj::byte> hexBytes(kj::StringPtr hex) { return kj::decodeHex(hex); }

// This version of the library reads some escaped control characters as others.
kj::String textOf(Json value) { return kj::decodeUriComponent(value.getString()); }

double real(kj::StringPtr text) { return strtod(text.cStr(), nullptr); }

class TreeBuilder {
 public:
  explicit TreeBuilder(const Types& types) : types(types) {}

  void fill(DynamicStruct::Builder target, Json tree) {
    for (auto entry : tree.getObject()) {
      auto field = target.getSchema().getFieldByName(entry.getName());
      auto value = entry.getValue();
      if (field.getProto().isGroup()) {
        fill(target.init(field).as<DynamicStruct>(), value);
      } else {
        fillSlot(target, field, value);
      }
    }
  }

 private:
  const Types& types;

  void fillSlot(DynamicStruct::Builder target, capnp::StructSchema::Field field, Json value) {
    auto type = field.getType();
    switch (type.which()) {
      case Kind::STRUCT:
        fill(target.init(field).as<DynamicStruct>(), value);
        return;
      case Kind::LIST:
        fill(target.init(field, value.getArray().size()).as<DynamicList>(), value);
        return;
      case Kind::ANY_POINTER:
        fill(target.init(field).as<capnp::AnyPointer>(), value);
        return;
      case Kind::TEXT:
        target.set(field, capnp::Text::Reader(textOf(value)));
        return;
      case Kind::DATA:
        target.set(field, capnp::Data::Reader(hexBytes(value.getString())));
        return;
      default:
        target.set(field, scalar(type, value));
    }
  }

  void fill(DynamicList::Builder target, Json tree) {
    auto type = target.getSchema().getElementType();
    auto elements = tree.getArray();
    for (kj::uint i = 0; i < elements.size(); i++) {
      switch (type.which()) {
        case Kind::STRUCT:
          fill(target[i].as<DynamicStruct>(), elements[i]);
          break;
        case Kind::LIST:
          fill(target.init(i, elements[i].getArray().size()).as<DynamicList>(), elements[i]);
          break;
        case Kind::TEXT:
          target.set(i, capnp::Text::Reader(textOf(elements[i])));
          break;
        case Kind::DATA:
          target.set(i, capnp::Data::Reader(hexBytes(elements[i].getString())));
          break;
        default:
          target.set(i, scalar(type, elements[i]));
      }
    }
  }

  void fill(capnp::AnyPointer::Builder target, Json tree) {
    auto entry = tree.getObject()[0];
    auto value = entry.getValue();
    kj::StringPtr kind = entry.getName();
    if (kind == "text") {
      target.setAs<capnp::Text>(capnp::Text::Reader(textOf(value)));
    } else if (kind == "data") {
      target.setAs<capnp::Data>(capnp::Data::Reader(hexBytes(value.getString())));
    } else if (kind == "struct") {
      auto parts = value.getArray();
      fill(target.initAs<DynamicStruct>(types.named(parts[0].getString())), parts[1]);
    } else {
      KJ_REQUIRE(kind == "list", "a pointer to what?", kind);
      auto parts = value.getArray();
      auto field = types.named(parts[0].getString()).getFieldByName(parts[1].getString());
      auto size = parts[2].getArray().size();
      fill(target.initAs<DynamicList>(field.getType().asList(), size), parts[2]);
    }
  }

  static DynamicValue::Reader scalar(capnp::Type type, Json value) {
    switch (type.which()) {
      case Kind::VOID:
        return capnp::VOID;
      case Kind::BOOL:
        return value.getBoolean();
      case Kind::INT8:
      case Kind::INT16:
      case Kind::INT32:
        return static_cast<int32_t>(value.getNumber());
      case Kind::UINT8:
      case Kind::UINT16:
      case Kind::UINT32:
        return static_cast<uint32_t>(value.getNumber());
      case Kind::INT64:
        return static_cast<int64_t>(strtoll(value.getString().cStr(), nullptr, 10));
      case Kind::UINT64:
        return static_cast<uint64_t>(strtoull(value.getString().cStr(), nullptr, 10));
      case Kind::FLOAT32:
        return static_cast<float>(real(value.getString()));
      case Kind::FLOAT64:
        return real(value.getString());
      case Kind::ENUM:
        return capnp::DynamicEnum(type.asEnum(), static_cast<uint16_t>(value.getNumber()));
      default:
        KJ_FAIL_REQUIRE("not a scalar type", static_cast<uint>(type.which()));
    }
  }
};

// The JSON of this version of the library writes some control characters as others.
kj::String quoted(kj::StringPtr text) {
  kj::Vector<char> out;
  out.add('"');
  for (char c : text) {
    if (c == '"' || c == '\\' || static_cast<kj::byte>(c) < 0x20) {
      char buffer[8];
      int length = snprintf(buffer, sizeof(buffer), "\\u%04x", static_cast<kj::byte>(c));
      out.addAll(buffer, buffer + length);
    } else {
      out.add(c);
    }
  }
  out.add('"');
  out.add('\0');
  return kj::String(out.releaseAsArray());
}

// Its bits, since no two languages print the same digits.
kj::String bitsOf(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof(bits));
  char buffer[24];
  snprintf(buffer, sizeof(buffer), "\"%016llx\"", static_cast<unsigned long long>(bits));
  return kj::str(buffer);
}

kj::String print(DynamicValue::Reader value, capnp::Type type);

kj::String printStruct(DynamicStruct::Reader value) {
  kj::Vector<kj::String> fields;
  auto add = [&](capnp::StructSchema::Field field) {
    if (!value.has(field, capnp::HasMode::NON_NULL) && !field.getProto().isGroup()) return;
    auto text = print(value.get(field), field.getType());
    fields.add(kj::str(quoted(field.getProto().getName()), ":", text));
  };
  for (auto field : value.getSchema().getNonUnionFields()) add(field);
  KJ_IF_MAYBE(field, value.which()) { add(*field); }
  return kj::str("{", kj::strArray(fields, ","), "}");
}

kj::String print(DynamicValue::Reader value, capnp::Type type) {
  switch (type.which()) {
    case Kind::VOID:
      return kj::str("null");
    case Kind::BOOL:
      return kj::str(value.as<bool>());
    case Kind::INT64:
      return kj::str("\"", value.as<int64_t>(), "\"");
    case Kind::UINT64:
      return kj::str("\"", value.as<uint64_t>(), "\"");
    case Kind::FLOAT32:
    case Kind::FLOAT64:
      return bitsOf(value.as<double>());
    case Kind::TEXT:
      return quoted(value.as<capnp::Text>());
    case Kind::DATA:
      return kj::str("\"", kj::encodeHex(value.as<capnp::Data>()), "\"");
    case Kind::ENUM:
      return kj::str(value.as<capnp::DynamicEnum>().getRaw());
    case Kind::STRUCT:
      return printStruct(value.as<DynamicStruct>());
    case Kind::LIST: {
      auto list = value.as<DynamicList>();
      auto element = list.getSchema().getElementType();
      auto texts = KJ_MAP(item, list) { return print(item, element); };
      return kj::str("[", kj::strArray(texts, ","), "]");
    }
    case Kind::INTERFACE:
      return kj::str("{\"capability\":null}");
    case Kind::ANY_POINTER: {
      auto pointer = value.as<capnp::AnyPointer>();
      if (pointer.isStruct()) return kj::str("{\"struct\":null}");
      if (pointer.isList()) return kj::str("{\"list\":null}");
      return kj::str("{\"capability\":null}");
    }
    default:
      return kj::str(value.as<int64_t>());
  }
}

}  // namespace

void buildTree(const Types& types, DynamicStruct::Builder root, kj::ArrayPtr<const char> tree) {
  capnp::MallocMessageBuilder message;
  auto value = message.initRoot<capnp::json::Value>();
  capnp::JsonCodec codec;
  codec.setMaxNestingDepth(200);
  codec.decodeRaw(tree, value);
  TreeBuilder(types).fill(root, value.asReader());
}

kj::String treeOf(DynamicStruct::Reader root) { return printStruct(root); }
