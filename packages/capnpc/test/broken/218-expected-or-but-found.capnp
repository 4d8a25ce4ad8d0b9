@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

interface I {
  m @0 [T (x :T);
}

struct After {
  first @0 :Text;
}
