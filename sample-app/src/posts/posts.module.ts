import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Post } from './post.entity.js';
import { PostsRepository } from './posts.repository.js';

/** What every process knows of posts. Who serves them is said in `web.module.ts`, who works on them in `worker.module.ts`. */
@Module({
  imports: [TypeOrmModule.forFeature([Post])],
  providers: [PostsRepository],
  exports: [PostsRepository],
})
export class PostsModule {}
