@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const c :E = E.a;
enum E {
  a @0;
}

struct After {
  first @0 :Text;
}
