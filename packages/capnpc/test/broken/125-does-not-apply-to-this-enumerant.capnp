@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

annotation n (enum) :Void;
enum E {
  a @0 $n;
}

struct After {
  first @0 :Text;
}
