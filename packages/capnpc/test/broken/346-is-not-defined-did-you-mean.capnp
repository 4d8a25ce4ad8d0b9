@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct A { t @0 :T; } struct B(T) { using X = T.Y; }

struct After {
  first @0 :Text;
}
