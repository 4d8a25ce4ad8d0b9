@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct G(5) {
}

struct After {
  first @0 :Text;
}
