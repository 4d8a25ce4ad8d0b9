@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

enum E {
  const c :Int8 = 5;
}

struct After {
  first @0 :Text;
}
