@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

annotation n (struct) :S;
struct S $n((zz = 1)) {
}

struct After {
  first @0 :Text;
}
