@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

nonsense;

struct After {
  first @0 :Text;
}
