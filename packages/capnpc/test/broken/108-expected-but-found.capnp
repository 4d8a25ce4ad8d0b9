@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

using A = import nope;

struct After {
  first @0 :Text;
}
