@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const f :Text = 'abc';

struct After {
  first @0 :Text;
}
