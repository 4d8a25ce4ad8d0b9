@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

interface I {
  a @0 (x :Int8 = "y");
}

struct After {
  first @0 :Text;
}
