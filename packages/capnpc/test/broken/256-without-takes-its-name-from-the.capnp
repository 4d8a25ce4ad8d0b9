@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

using import "/capnp/c++.capnp";

struct After {
  first @0 :Text;
}
