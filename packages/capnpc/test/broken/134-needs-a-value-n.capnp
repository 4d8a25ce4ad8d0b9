@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

annotation n (struct) :Text;
struct S $n {
}

struct After {
  first @0 :Text;
}
