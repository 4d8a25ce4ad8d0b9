@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct A { $foo; } annotation foo(*):Void;

struct After {
  first @0 :Text;
}
