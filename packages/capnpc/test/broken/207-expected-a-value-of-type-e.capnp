@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const c :E = 0;
enum E {
  a @0;
}

struct After {
  first @0 :Text;
}
