@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

annotation n (struct) :Void;
struct S $n(5) {
}

struct After {
  first @0 :Text;
}
