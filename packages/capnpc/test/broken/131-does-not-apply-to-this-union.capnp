@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

annotation n (enum) :Void;
struct S {
  g :union $n {
    a @0 :Int8;
    b @1 :Int8;
  }
}

struct After {
  first @0 :Text;
}
