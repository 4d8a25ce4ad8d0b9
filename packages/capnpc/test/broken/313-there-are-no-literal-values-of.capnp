@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const x :AnyPointer = "abc";

struct After {
  first @0 :Text;
}
