@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

group {
}

struct After {
  first @0 :Text;
}
