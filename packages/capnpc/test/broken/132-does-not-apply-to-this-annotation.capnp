@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

annotation n (enum) :Void;
annotation m (enum) :Void $n;

struct After {
  first @0 :Text;
}
