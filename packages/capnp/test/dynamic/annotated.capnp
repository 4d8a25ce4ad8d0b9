@0xbf5147bb3bf3a1a0;
# What the annotations of json.capnp can say.

using Json = import "/capnp/compat/json.capnp";

struct Annotated $Json.discriminator(name = "kind") {
  plain @0 :Text $Json.name("re-named");
  base64 @1 :Data $Json.base64;
  hex @2 :Data $Json.hex;
  flat :group $Json.flatten() {
    x @3 :Int32;
    y @4 :Text;
  }
  prefixed :group $Json.flatten(prefix = "p_") {
    z @5 :Int32;
  }
  part @6 :Part $Json.flatten(prefix = "s.");
  union {
    a @7 :Text;
    b @8 :Part;
    c @9 :Void;
    d :group {
      p @10 :Int32;
      q @11 :Text;
    }
  }
  named :union $Json.discriminator(name = "type", valueName = "val") {
    u @12 :Int32;
    v @13 :Text $Json.name("vee");
    w @18 :Void;
  }
  flatUnion :union $Json.flatten() $Json.discriminator(name = "fu") {
    first :group {
      aa @14 :Int32;
    }
    second :group {
      bb @15 :Int32;
    }
  }
  own :union $Json.discriminator() {
    i @19 :Int32;
    t @20 :Text;
  }
  flatOwn :union $Json.flatten() $Json.discriminator() {
    fi @21 :Int32;
    ft @22 :Text;
  }
  ordinal @16 :Ordinal;
  ordinals @17 :List(Ordinal);
}

struct Part {
  n @0 :Int32;
  m @1 :Text;
}

enum Ordinal {
  one @0 $Json.name("eins");
  two @1;
}
