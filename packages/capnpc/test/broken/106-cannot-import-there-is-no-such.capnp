@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

using A = import "no-such-file.capnp";

struct After {
  first @0 :Text;
}
