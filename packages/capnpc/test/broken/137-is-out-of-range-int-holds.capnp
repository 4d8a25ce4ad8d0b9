@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

annotation n (struct) :Int8;
struct S $n(1000) {
}

struct After {
  first @0 :Text;
}
