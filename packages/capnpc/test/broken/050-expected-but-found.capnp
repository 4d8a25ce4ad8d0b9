@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

interface I extends() extends() {
}

struct After {
  first @0 :Text;
}
