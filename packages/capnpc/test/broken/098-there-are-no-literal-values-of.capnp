@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const a :I = 5;
interface I {
}

struct After {
  first @0 :Text;
}
